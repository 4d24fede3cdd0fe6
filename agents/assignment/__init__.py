"""The assignment engine: gather → plan → apply, with preview, approval, undo and replay."""
