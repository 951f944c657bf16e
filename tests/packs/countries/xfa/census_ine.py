"""Fabria's census: two SPSS files with variables, codes and labels in Portuguese."""

from lm_stats.spec import Part, Source

SOURCE = Source(
    kind="census",
    agency="XFA_INE",
    reader="spss",
    columns={
        "household_number": ("SECCAO + AGREGADO",),
        "person_number": ("ORDEM",),
        "district": ("PROVINCIA",),
        "sex": ("SEXO",),
        "age": ("IDADE",),
        "education": ("INSTRUCAO",),
        "economic_activity": ("RAMO",),
        "occupation": ("PROFISSAO",),
    },
    maps={
        "sex": "maps/ine_sexo.csv",
        "education": "maps/ine_instrucao.csv",
        "economic_activity": "maps/ine_ramo.csv",
        "occupation": "maps/ine_profissao.csv",
    },
    missing={"age": ("999",)},
    parts={
        "persons": Part(
            columns={
                "area_type": ("MEIO",),
                "residence": ("PRESENCA",),
                "relationship": ("PARENTESCO",),
                "birthplace": ("NATURALIDADE",),
                "citizenship": ("NACIONALIDADE",),
                "previous_residence": ("RESIDANTERIOR",),
                "year_of_arrival": ("ANOCHEGADA",),
                "labour_force_status": ("ACTIVIDADE",),
                "status_in_employment": ("SITUACAO",),
            },
            maps={
                "area_type": "maps/ine_meio.csv",
                "residence": "maps/ine_residencia.csv",
                "relationship": "maps/ine_parentesco.csv",
                "birthplace": "maps/ine_pais.csv",
                "citizenship": "maps/ine_pais.csv",
                "previous_residence": "maps/ine_pais.csv",
                "labour_force_status": "maps/ine_actividade.csv",
                "status_in_employment": "maps/ine_situacao.csv",
            },
        ),
        "absentees": Part(
            columns={
                "country_of_stay": ("PAIS",),
                "activity": ("ACTIVEXTERIOR",),
                "year_left": ("ANOSAIDA",),
            },
            maps={
                "country_of_stay": "maps/ine_pais.csv",
                "activity": "maps/ine_actividade_exterior.csv",
            },
        ),
    },
    ignored=("OBS",),
    replaces="period",
    on_unmapped="quarantine",
    title="Recenseamento geral da população (Fabria)",
)
