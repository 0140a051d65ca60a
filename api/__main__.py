"""`python -m api` is the command line `parvaneh`."""

from api.entry import main

if __name__ == "__main__":
    main()
