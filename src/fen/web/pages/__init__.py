"""Pages for people: NiceGUI on an application of its own, loaded when somebody first looks at one."""
