"""What tickets carry beyond the queue: classification, links, merges, watchers, search."""
