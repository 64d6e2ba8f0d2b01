from kizuna.app.cli import main

main()
