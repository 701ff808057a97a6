"""From a request to its steps: clauses, choice, arguments, answers."""
