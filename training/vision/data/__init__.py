"""Pictures with short true sentences, made from free sources: icons, emoji, signs, charts, screens, drawings, nothings.

python -m training.vision.data build OUT --sources FOLDER --seed 0
"""
