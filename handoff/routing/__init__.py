"""Views of the queue, its order, and who gets which ticket."""
