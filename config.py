"""Ajustes de CallManager. Cada línea está comentada y muestra el valor que se usa si no se cambia.

Para cambiar un ajuste, quite la almohadilla (#) del comienzo de su línea, escriba el valor y reinicie el servidor.
Un nombre o un valor equivocado impide el arranque y el mensaje dice cuál es. En las rutas de Windows escriba "/".
"""

# Quién entra

# Pedir usuario o clave. False se acepta solo si SERVER_HOST es este mismo PC.
# ENABLE_AUTH = True

# Claves permitidas además de las de cada usuario: ["clave"], o {"clave": "usuario"}.
# AUTH_TOKENS = []

# Archivo del secreto que firma las sesiones; se crea en el primer arranque.
# SECRET_FILE = "secret.key"

# Horas que dura una sesión.
# TOKEN_HOURS = 24

# Coste de cifrar contraseñas; cada paso dobla el tiempo. Por debajo de 12 `doctor` avisa.
# BCRYPT_COST = 12

# Red

# Dirección donde escucha: "0.0.0.0" para toda la red, "127.0.0.1" solo para este PC.
# SERVER_HOST = "0.0.0.0"

# Puerto del servidor. Si está ocupado, escriba otro, por ejemplo 5001, aquí y en cada PC.
# SERVER_PORT = 5000

# Dejar que las ventanas encuentren este servidor en la red; nunca si solo escucha en este mismo PC.
# ANNOUNCE_ON_NETWORK = True

# Certificado (PEM) para https; lo crea `callmanager tls init`. Va junto con TLS_KEY.
# TLS_CERT = ""

# Clave privada (PEM) del certificado.
# TLS_KEY = ""

# Otros nombres del servidor, además del de este PC y de sus direcciones, por ejemplo llamadas.oficina.lan.
# ALLOWED_HOSTS = []

# Otros sitios web cuyas páginas pueden usar el servidor, por ejemplo https://intranet.example.
# ALLOWED_ORIGINS = []

# Direcciones de los proxies delante del servidor; solo a ellos se les cree quién pregunta.
# TRUSTED_PROXIES = []

# Peticiones que se atienden a la vez.
# WORKER_THREADS = 8

# Inicios de sesión que pueden esperar su turno a la vez; a quien llega después se le pide que repita pronto.
# SIGN_INS_WAITING = 120

# Datos

# Archivo de la base de datos, en un disco de este PC (nunca en una carpeta de red).
# DATABASE = "contacts.db"

# País de los teléfonos escritos sin prefijo internacional.
# DEFAULT_REGION = "CR"

# Idioma de los mensajes si quien llama no pide otro.
# LANGUAGE = "es"

# Copias de seguridad

# Minutos entre copias; se hace otra al parar el servidor.
# BACKUP_INTERVAL_MINUTES = 30

# Carpeta de las copias.
# BACKUP_FOLDER = "backups"

# Una segunda carpeta para cada copia, en otro disco u otro PC, por ejemplo "D:/copias".
# BACKUP_SECOND_FOLDER = ""

# Horas durante las que se guardan todas las copias.
# BACKUP_KEEP_HOURS = 24

# Días de los que se guarda la última copia.
# BACKUP_KEEP_DAYS = 7

# Semanas de las que se guarda la última copia.
# BACKUP_KEEP_WEEKS = 5

# Límites

# Intentos de entrar por minuto, desde una dirección y para un usuario.
# LOGIN_PER_MINUTE = 10

# Importaciones por minuto y usuario.
# IMPORT_PER_MINUTE = 10

# Demás peticiones por minuto y usuario; 0 para no limitar.
# REQUESTS_PER_MINUTE = 6000

# Tamaño máximo de una petición que no sea una importación.
# MAX_BODY_MEGABYTES = 2

# Tamaño máximo de un archivo para importar.
# MAX_IMPORT_MEGABYTES = 64

# Número máximo de filas de una importación.
# MAX_IMPORT_ROWS = 1000000

# Registro

# Archivo del registro.
# LOG_FILE = "callmanager.log"

# Gravedad mínima de lo que se escribe: debug, info, warning o error.
# LOG_LEVEL = "info"

# Tamaño con el que el registro empieza otro archivo.
# LOG_MAX_MEGABYTES = 10

# Archivos de registro antiguos que se guardan.
# LOG_FILES_KEPT = 5
