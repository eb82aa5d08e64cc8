"""Files that are elsewhere: published ones, fetched and known to be the right ones, and objects in buckets."""
