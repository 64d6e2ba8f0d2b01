"""The lake on Delta tables (delta-rs): loads, compaction, the timeline, on a folder or an object store."""
