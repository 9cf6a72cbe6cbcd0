"""Makes quads of what was read; knows neither files of the corpus nor stores."""
