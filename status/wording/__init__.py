"""The words of the product in the readers' languages: labels, titles, the robot's sentences."""
