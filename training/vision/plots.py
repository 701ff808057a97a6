"""A run's loss and held-out accuracy, drawn."""

from pathlib import Path

from training.vision.state import Progress


def plot(progress: Progress, path: Path, heading: str) -> None:
    """Write the curves as PNG; nothing before there are any."""
    from benchmarks.plotting import Chart, draw

    measures = list(dict.fromkeys(name for _, name, _ in progress.checks))
    right = {
        name: [(step, 100 * value) for step, one, value in progress.checks if one == name] for name in measures[:4]
    }
    charts = []
    if progress.losses:
        charts.append(Chart("Loss a word, mixed pictures included", "steps", "nats", {"training": progress.losses}))
    if any(value for line in right.values() for _, value in line):
        charts.append(Chart("Held-out pictures named right", "steps", "%", right))
    if charts:
        draw(charts, heading).save(path)
