"""The public bytes of one moment: rendered, stored by content, swapped whole."""
