"""`travaux --server …`: the verbs of the command line, done by the REST API of another machine."""
