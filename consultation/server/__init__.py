"""Server: HTTP and worker processes, and their supervisor.

- connection: connection of one visitor: timeouts of slow clients, refusals
- http_server: HTTP server: waitress with admission control
- memory: what processes share, and keep for later
- processes: process supervisor: forks children, restarts those that die
- request_parser: request parser against request smuggling
- run: `consultation serve`: first start, web and worker processes
"""
