print("Version 0")
