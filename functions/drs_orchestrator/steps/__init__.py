"""One file per workflow state that is a Lambda function: parse, call the use case, answer."""
