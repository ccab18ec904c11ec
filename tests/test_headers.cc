// Empty: its target holds precompiled headers.
