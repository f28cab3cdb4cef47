"""AWS's wire protocols for services that the laptop plays, driven by botocore's service models.

json, rest-json, query and ec2, as far as the services in `local` need them.
"""
