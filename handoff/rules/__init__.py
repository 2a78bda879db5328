"""Rules, macros and canned replies that editors and support leads write."""
