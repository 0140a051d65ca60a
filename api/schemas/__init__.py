"""What the REST API accepts and answers, as marshmallow schemas; they decide nothing."""
