"""Alembic's revisions; a released one is never changed."""
