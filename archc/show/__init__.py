"""What people look at: tables, pages, diagrams and plots, each a function of what was computed."""
