"""What the engines of compliance cost, against floors measured in the same run."""
