"""What can stop a deployment."""


class DeployRefused(Exception):
    """Something cannot be deployed, or was not taken; the text says what, and what to do."""
