password = os.environ["DB_PASSWORD"]
secret_key = get_secret("key-1")
password: str = field()
