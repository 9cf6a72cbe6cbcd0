"""linkchecker without its pause between two requests to one host, 0.1 to 0.6 s: this host is our own."""

import sys

from linkcheck.command.linkchecker import linkchecker
from linkcheck.director.aggregator import Aggregate

Aggregate.wait_time_min_default = Aggregate.wait_time_max_default = 0.0
sys.exit(linkchecker())
