"""Programs of their own that stressors run: standard library only, isolated, gone with their owner."""
