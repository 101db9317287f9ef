"""The post office: outbox, rendering and transport."""
