// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/model_list.h"

#include "hub/server/store_rows.h"

#include <QtCore/QCollator>
#include <QtCore/QHash>

#include <algorithm>

namespace torchdeck::hub::server::rows {

namespace {

/// What sorting and filtering look at; the whole record is read for the rows of one page only.
struct Light {
    QString id, owner, name, dataset, architecture, project, projectName, state;
    qint64 seq = 0, updatedMs = 0;
    int epochs = 0;
    std::optional<double> map; ///< what the list shows: the final model's, else the best epoch's
};

QString textOf(const QVariant &value) { return value.isNull() ? QString() : value.toString(); }

/// A model may name any project: only the owner's own have a name to show.
QHash<QString, QString> projectNames(QSqlDatabase &db, const std::optional<QString> &owner)
{
    QHash<QString, QString> names;
    QSqlQuery row = runSql(
        db,
        QStringLiteral("SELECT id, name FROM records WHERE kind='projects' AND deleted IS NULL AND "
                       "(?='' OR owner=?)"),
        { owner.value_or(QString()), rows::ownerName(owner.value_or(QString())) });
    while (row.next())
        names.insert(row.value(0).toString(), row.value(1).toString());
    return names;
}

QVector<Light> everyModel(QSqlDatabase &db, const std::optional<QString> &owner, qint64 nowMs)
{
    const QHash<QString, QString> names = projectNames(db, owner);
    // project: a reference by id, or whatever the client wrote.
    QSqlQuery row = runSql(
        db,
        QStringLiteral(
            "SELECT id, seq, name, status, seen, epochs, updated, "
            "COALESCE((SELECT map FROM files WHERE record=records.id AND role='best' AND final=1 AND map>0), "
            "best_map), json_extract(body, '$.dataset.name'), json_extract(body, "
            "'$.lineage.architecture.name'), COALESCE(json_extract(body, '$.projectId'), json_extract(body, "
            "'$.project.id'), json_extract(body, '$.project.name'), json_extract(body, '$.project')), owner "
            "FROM records WHERE kind='models' AND deleted IS NULL"),
        {});
    QVector<Light> all;
    while (row.next()) {
        Light light;
        light.id = row.value(0).toString();
        light.seq = row.value(1).toLongLong();
        light.name = row.value(2).toString();
        Record known;
        known.status = row.value(3).toString();
        known.seenMs = row.value(4).toLongLong();
        light.state = liveState(known, nowMs);
        light.epochs = row.value(5).toInt();
        light.updatedMs = row.value(6).toLongLong();
        if (!row.value(7).isNull())
            light.map = row.value(7).toDouble();
        light.dataset = textOf(row.value(8));
        light.architecture = textOf(row.value(9));
        light.project = textOf(row.value(10));
        light.projectName = names.value(light.project, light.project);
        light.owner = userOfOwner(row.value(11).toString());
        all.append(light);
    }
    return all;
}

bool matches(const Light &light, const ModelListQuery &query)
{
    if (!query.state.isEmpty() && light.state != query.state)
        return false;
    if (query.project && light.project != *query.project)
        return false;
    const auto has = [&](const QString &text) { return text.contains(query.text, Qt::CaseInsensitive); };
    return query.text.isEmpty() || has(light.name) || has(light.dataset) || has(light.architecture)
        || has(light.projectName) || has(light.owner);
}

/// Sorts by `key`; what is unknown comes last either way, equals by age.
template <typename Key> void sortBy(QVector<Light> &models, bool descending, Key key)
{
    std::stable_sort(models.begin(), models.end(), [&](const Light &a, const Light &b) {
        const auto left = key(a), right = key(b);
        if (left.has_value() != right.has_value())
            return left.has_value();
        return descending ? right < left : left < right;
    });
}

void sortByText(QVector<Light> &models, bool descending, QString Light::*text)
{
    QCollator order { QLocale(QLocale::English) }; // the C locale knows no numeric order
    order.setNumericMode(true);
    order.setCaseSensitivity(Qt::CaseInsensitive);
    QHash<QString, QCollatorSortKey> keys;
    for (const Light &light : models) {
        if (!(light.*text).isEmpty() && !keys.contains(light.*text))
            keys.insert(light.*text, order.sortKey(light.*text));
    }
    sortBy(models, descending, [&](const Light &light) -> std::optional<QCollatorSortKey> {
        const auto found = keys.constFind(light.*text);
        return found == keys.constEnd() ? std::nullopt : std::optional(*found);
    });
}

void sort(QVector<Light> &models, const ModelListQuery &query)
{
    std::sort(models.begin(), models.end(),
              [&](const Light &a, const Light &b) { return a.seq > b.seq; }); // newest first
    if (query.sort == QLatin1String("name"))
        sortByText(models, query.descending, &Light::name);
    else if (query.sort == QLatin1String("dataset"))
        sortByText(models, query.descending, &Light::dataset);
    else if (query.sort == QLatin1String("state"))
        sortByText(models, query.descending, &Light::state);
    else if (query.sort == QLatin1String("map"))
        sortBy(models, query.descending, [](const Light &light) { return light.map; });
    else if (query.sort == QLatin1String("epochs"))
        sortBy(models, query.descending, [](const Light &light) { return std::optional(light.epochs); });
    else if (query.sort == QLatin1String("updated"))
        sortBy(models, query.descending, [](const Light &light) { return std::optional(light.updatedMs); });
    else if (!query.descending)
        std::reverse(models.begin(), models.end());
}

} // namespace

ModelList modelList(QSqlDatabase &db, const ModelListQuery &query, qint64 nowMs)
{
    ModelList list;
    const QVector<Light> all = everyModel(db, query.owner, nowMs);
    QVector<Light> found;
    for (const Light &light : all) {
        ++list.owners[light.owner];
        if (query.owner && light.owner != *query.owner)
            continue;
        ++list.all;
        ++list.states[light.state];
        if (!light.project.isEmpty()) {
            auto &project = list.projects[light.project];
            project.first = light.projectName;
            ++project.second;
        }
        if (matches(light, query))
            found.append(light);
    }
    sort(found, query);
    list.total = found.size();
    const qsizetype limit = std::max(1, query.limit);
    const qsizetype lastPage = found.isEmpty() ? 0 : (found.size() - 1) / limit * limit;
    const qsizetype from = std::clamp<qsizetype>(query.offset, 0, lastPage);
    list.offset = static_cast<int>(from);
    for (qsizetype i = from; i < std::min(found.size(), from + limit); ++i) {
        if (const auto model = record(db, Kind::Model, found[i].id))
            list.rows.append({ *model, found[i].project, found[i].projectName });
    }
    return list;
}

} // namespace torchdeck::hub::server::rows
