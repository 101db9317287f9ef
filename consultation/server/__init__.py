"""Server: HTTP and worker processes, and their supervisor.

- connection: waitress channel subclass: slow clients, admission
- http_server: HTTP server: waitress with admission control
- processes: forked children, and the supervisor that starts them again
- request_parser: waitress parser subclass against request smuggling
- run: the first start, then the web and worker processes
"""
