"""What people type: its shape, and the hints by which password managers find their fields."""
