"""Long answers under rules that hold from the first section to the last, each checked in every section."""
