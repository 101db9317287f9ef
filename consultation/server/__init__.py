"""Server: HTTP and worker processes, and their supervisor.

- connection: waitress channel subclass: slow clients, admission
- http_server: HTTP server: waitress with admission control
- processes: fork a child, PDEATHSIG; process supervisor
- request_parser: waitress parser subclass against request smuggling
- run: first start: seed plan and first round; `serve`: prepares, forks web and worker processes
"""
