"""The rows behind a figure: which they are, listed and added up, so that their sum is the figure."""
