"""What the invented contacts of the demo are made of: names, firms, remarks, and numbers that belong to nobody."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = _words(
    "Adriana Alejandra Alonso Álvaro Ana Andrés Ángela Antonio Arturo Beatriz Camila Carlos Carmen Cecilia "
    "Claudia Cristina Daniel Daniela David Diana Eduardo Elena Emilio Enrique Ernesto Esteban Eugenia Fabián "
    "Felipe Fernanda Fernando Francisco Gabriela Gerardo Gloria Guillermo Gustavo Héctor Hernán Ignacio Inés "
    "Irene Isabel Iván Jaime Javier Jimena Joaquín Jorge José Josefina Juan Juana Julia Julián Karla Laura "
    "Leonardo Leticia Lorena Lucía Luis Luisa Manuel Marcela Marco Margarita María Mariana Mario Marta Martín "
    "Mateo Mercedes Miguel Mónica Natalia Nicolás Noelia Óscar Pablo Patricia Paula Pedro Pilar Rafael Ramiro "
    "Raquel Raúl Rebeca Ricardo Roberto Rocío Rodrigo Rosa Rubén Sandra Santiago Sara Sebastián Sergio Silvia "
    "Sofía Susana Teresa Tomás Valentina Verónica Vicente Victoria Viviana Ximena Yolanda"
)
LAST_NAMES = _words(
    "Acuña Aguilar Alfaro Álvarez Araya Arias Arroyo Ávila Barrantes Barrera Benítez Blanco Brenes Bustamante "
    "Cabrera Calderón Calvo Campos Cárdenas Carrillo Castillo Castro Céspedes Chacón Chaves Cordero Cortés Cruz "
    "Delgado Díaz Domínguez Espinoza Esquivel Estrada Fernández Flores Fonseca Fuentes Gallardo García Garro "
    "Gómez González Guerrero Gutiérrez Guzmán Hernández Herrera Hidalgo Ibáñez Jiménez Leiva León López Lozano "
    "Luna Madrigal Marín Martínez Medina Mejía Méndez Mendoza Molina Monge Montero Mora Morales Moreno Muñoz "
    "Murillo Navarro Núñez Ocampo Ortega Ortiz Pacheco Palacios Peña Peralta Pérez Picado Quesada Quirós Ramírez "
    "Ramos Reyes Ríos Rivas Rivera Robles Rodríguez Rojas Romero Ruiz Salas Salazar Sánchez Sandoval Segura "
    "Serrano Solano Solís Soto Suárez Torres Trejos Ulloa Umaña Ureña Valverde Vargas Vásquez Vega Venegas "
    "Villalobos Zamora Zapata Zúñiga"
)
FIRMS = (
    "Panadería", "Ferretería", "Taller", "Farmacia", "Librería", "Clínica", "Restaurante", "Hotel", "Floristería",
    "Óptica", "Papelería", "Transportes", "Constructora", "Veterinaria", "Gimnasio", "Cafetería",
)  # fmt: skip
FIRM_NAMES = (
    "La Esperanza", "El Roble", "San José", "Del Valle", "Las Américas", "El Faro", "Santa Ana", "La Ceiba",
    "Monteverde", "El Progreso", "Los Andes", "La Central", "Río Claro", "Buenavista", "El Cóndor", "La Fuente",
)  # fmt: skip
PROVINCES = (
    "San José", "Alajuela", "Cartago", "Heredia", "Guanacaste", "Puntarenas", "Limón",
)  # fmt: skip
LABELS = (
    "casa", "trabajo", "móvil", "WhatsApp",
)  # fmt: skip

FIRST_NOTES = (
    "Prefiere que le llamen por la tarde.", "Pidió información por correo.", "Cliente desde 2019.",
    "Habla con la señora, él viaja mucho.", "Tiene contrato con otra compañía hasta diciembre.",
    "Pregunta por el precio con instalación.", "Vino por recomendación de una vecina.",
    "No llamar antes de las 10.",
)  # fmt: skip
LATER_NOTES = (
    "Llamé dos veces, salta el buzón.", "Muy amable; pide que le llamen la próxima semana.",
    "Quiere comparar precios antes de decidir.", "Se mudó: actualizar la dirección cuando confirme.",
    "Confirmó la visita del técnico.", "Dice que ya habló con otra persona de la oficina.",
    "Pide factura a nombre de la empresa.", "Corté porque se oía muy mal; volver a intentar.",
)  # fmt: skip
SOLD_WITHOUT_A_CALL = "Firmó en la oficina"
# As often as people meet them.
WORKED_STATUSES = (
    "NC", "NC", "NC", "NC", "OCUPADO", "BUZON", "BUZON", "CUELGA", "VOLVER_A_LLAMAR", "VOLVER_A_LLAMAR",
    "INTERESADO", "INTERESADO", "VENTA", "NO_INTERESADO", "NO_INTERESADO", "NO_CONTACTO", "SERVICIOS_ACTIVOS",
    "NUMERO_EQUIVOCADO", "SIN_RED",
)  # fmt: skip

# No phone of the demo can ring at anybody's: in each of these area codes (Dominican Republic, Puerto Rico, and cities
# of the United States with many Spanish speakers, whom offices like this one do call) the numbers 555-0100 to 555-0199
# are set aside for fiction by the North American Numbering Plan. Costa Rica and Spain set none aside, so none of theirs
# is used.
AREA_CODES = _words(
    "809 829 849 787 939 305 786 954 561 407 321 813 727 239 941 904 352 863 772 850 386 210 214 281 713 832 512 "
    "915 956 361 806 817 903 940 972 469 430 432 830 936 979 254 325 409 213 323 310 424 562 626 818 909 951 714 "
    "949 619 858 760 559 661 805 831 408 415 510 650 707 916 209 530 212 646 718 347 917 929 201 551 973 862 908 "
    "732 848 609 856 602 480 623 520 928 505 575 702 725 775 312 773 872"
)
NUMBERS_OF_A_CODE = range(100, 200)

# Kept and marked as not valid: in Costa Rica no number begins with 1, and the last two have a digit too many.
INVALID_NUMBERS = (
    "1{0:03d}-{1:04d}", "555{0:03d}{1:03d}", "1{0:03d} {1:04d} 5",
)  # fmt: skip
# Rows that an import refuses, each with its reason.
REFUSED_NUMBERS = (
    "", "no tiene", "=SUMA(1;2)", "5,06889E+10", "123", "pendiente", "ver nota",
)  # fmt: skip
