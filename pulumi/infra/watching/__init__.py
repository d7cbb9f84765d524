"""What is watched: alarms, the dashboard, saved queries."""
