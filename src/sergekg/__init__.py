"""sergekg: historical French texts as a knowledge graph whose every triple shows the words that say it."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("sergekg")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+unknown"

__all__ = ["__version__"]
