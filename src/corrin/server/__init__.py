"""The explorer: a page on this machine and the JSON interface behind it; nothing is stored."""
