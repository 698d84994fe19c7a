# SPDX-License-Identifier: MIT
"""The venue's own Python SDK, as it is published, against `neap exchange`.

python3 sdk.py READY, where READY is the line that the exchange printed. BTC-USD has a market of its own; ETH-USD has
none but the two accounts of this program.
"""
import sys

import checks
import sdk_public  # noqa: F401  the checks are run in this order
import sdk_orders  # noqa: F401
import sdk_streams  # noqa: F401
import sdk_faults  # noqa: F401

if __name__ == "__main__":
    sys.exit(checks.run("sdk"))
