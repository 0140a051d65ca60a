"""What must survive: killed servers, a database restarted under load, a full disk.

Everything goes over HTTP to several processes of the real product, and what clients were told is compared with what
the database holds.
"""
