"""The pytest plugin: options, markers, fixtures, collection, summary."""
