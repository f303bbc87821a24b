"""The name that version 1.0 had for `cloudpanel.operation.start`. Operators' own units and scripts use it."""

from cloudpanel.operation.start import main

if __name__ == "__main__":
    main()
