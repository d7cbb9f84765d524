"""What the shop runs on elsewhere than on a developer's machine."""
