"""The wall between graders and submissions: wire format, transports, and the proxy checks talk to."""
