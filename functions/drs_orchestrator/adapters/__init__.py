"""The only boto3, and the only place that catches its errors."""
