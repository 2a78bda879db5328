"""The commands behind `babeldesk`, one module per subject."""
