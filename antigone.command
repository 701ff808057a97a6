#!/bin/sh
# For a double click in the Finder: starts Antigone and leaves the window open long enough to read what it said.
"$(dirname "$0")/antigone" "$@"
code=$?
if [ "$code" -ne 0 ]; then
    echo "Antigone ended with code $code. Press Return to close this window."
    read -r _
fi
exit "$code"
