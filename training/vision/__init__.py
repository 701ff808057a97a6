"""The recipe of the eyes: data, features, model, training."""
