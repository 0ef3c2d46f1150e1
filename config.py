"""Ajustes de CallManager. Cada línea está comentada y muestra el valor que se usa si no se cambia.

Para cambiar un ajuste, quite la almohadilla (#) del comienzo de su línea, escriba el valor y reinicie el servidor.
Un nombre o un valor equivocado impide el arranque y el mensaje dice cuál es. En las rutas de Windows escriba "/".
"""

# La oficina

# Nombre de la oficina, en el título de las ventanas. Lo puede leer quien llega al servidor (/health).
# OFFICE_NAME = ""

# Huso horario de la oficina, por ejemplo "America/Costa_Rica"; con "" es el de este PC.
# OFFICE_ZONE = ""

# Horario para llamar si la campaña no tiene el suyo: "lun-vie 08:00-12:00 13:00-18:00, sab 09:00-13:00".
# OFFICE_HOURS = ""

# Días en que no se llama a esos contactos, por ejemplo ["2026-12-25", "2027-01-01"].
# OFFICE_HOLIDAYS = []

# Minutos tras una llamada en que volver a llamar al mismo contacto o número pregunta antes; 0 no pregunta.
# CALL_GAP_MINUTES = 60

# Llamadas de una campaña a una línea sin hablar con nadie, tras las que la siguiente pregunta antes; 0 no pregunta.
# CALLS_IN_ALL = 6

# Máximo de llamadas de una campaña a una línea en un día, a la hora del contacto; 0 para no limitar.
# CALLS_PER_DAY = 0

# Máximo de llamadas de una campaña a una línea en 24 horas seguidas; 0 para no limitar.
# CALLS_PER_ROLLING_DAY = 0

# Máximo de llamadas de todas las campañas juntas a una línea en un día; 0 para no limitar.
# CALLS_PER_LINE_AND_DAY = 0

# Días tras un no de la persona en que solo puede llamarla un jefe de proyecto; 0 para no limitar.
# REST_DAYS_AFTER_NO = 0

# Que una llamada que pidió la persona, llegada su hora, pase los tres límites de un día.
# CALLBACKS_PASS_LIMITS = False

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

# Conexiones a la vez, con las de las ventanas; menos si el sistema concede menos archivos abiertos.
# MAX_CONNECTIONS = 5000

# De ellas, las que todavía no han entrado; si se llena, se cierra la que más tiempo lleva sin decir nada.
# MAX_STRANGERS = 1000

# De esas, desde una dirección; donde ya entró alguien, y para un proxy de TRUSTED_PROXIES, todas.
# MAX_STRANGERS_PER_ADDRESS = 250

# Segundos en que debe llegar entera una petición de quien no ha entrado.
# STRANGER_SECONDS = 20

# A quien envía una petición o recibe una respuesta más despacio durante medio minuto se le desconecta.
# SLOWEST_BYTES_PER_SECOND = 1000

# Peticiones que se están recibiendo, en total; están en un archivo en disco, y las demás esperan su turno.
# MAX_BODIES_MEGABYTES = 512

# Listas y exportaciones que se envían a la vez.
# MAX_STREAMS = 64

# De ellas, para un usuario.
# MAX_STREAMS_PER_USER = 8

# Registro

# Archivo del registro.
# LOG_FILE = "callmanager.log"

# Gravedad mínima de lo que se escribe: debug, info, warning o error.
# LOG_LEVEL = "info"

# Tamaño con el que el registro empieza otro archivo.
# LOG_MAX_MEGABYTES = 10

# Archivos de registro antiguos que se guardan.
# LOG_FILES_KEPT = 5
